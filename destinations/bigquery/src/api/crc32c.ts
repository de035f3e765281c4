/** CRC-32C (Castagnoli), the checksum that Cloud Storage keeps of every object: RFC 3720, appendix B.4. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let value = byte;
	for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
	return value;
});

export interface Sum {
	add(bytes: Uint8Array): void;
	/** As Cloud Storage writes it: four bytes, the highest first, in base64. */
	text(): string;
	/** How many bytes that were. */
	size(): number;
}

export function openSum(): Sum {
	let [value, size] = [0xffffffff, 0];
	return {
		add(bytes) {
			let crc = value;
			for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
			value = crc >>> 0;
			size += bytes.length;
		},
		text() {
			const four = Buffer.alloc(4);
			four.writeUInt32BE((value ^ 0xffffffff) >>> 0);
			return four.toString("base64");
		},
		size: () => size,
	};
}
