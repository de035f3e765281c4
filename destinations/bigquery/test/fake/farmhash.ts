/** FarmHash's Fingerprint64 (its `na` variant), which BigQuery calls FARM_FINGERPRINT. */

const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const times = (a: bigint, b: bigint): bigint => u64(a * b);
const rotate = (value: bigint, by: bigint): bigint => u64((value >> by) | (value << (64n - by)));
const mixed = (value: bigint): bigint => value ^ (value >> 47n);

/** Of UTF-8 text, as INT64. */
export function farmFingerprint(text: string): bigint {
	return BigInt.asIntN(64, hashOf(Buffer.from(text, "utf8")));
}

function hashOf(bytes: Buffer): bigint {
	const { length } = bytes;
	if (length <= 16) return upTo16(bytes);
	if (length <= 32) return upTo32(bytes);
	return length <= 64 ? upTo64(bytes) : longer(bytes);
}

function pair(u: bigint, v: bigint, by: bigint): bigint {
	const a = mixed(times(u ^ v, by));
	return times(mixed(times(v ^ a, by)), by);
}

const factor = ({ length }: Buffer): bigint => u64(K2 + BigInt(length) * 2n);

function upTo16(bytes: Buffer): bigint {
	const { length } = bytes;
	const by = factor(bytes);
	if (length >= 8) {
		const a = u64(bytes.readBigUInt64LE(0) + K2);
		const b = bytes.readBigUInt64LE(length - 8);
		return pair(u64(times(rotate(b, 37n), by) + a), times(u64(rotate(a, 25n) + b), by), by);
	}
	if (length >= 4) {
		const a = BigInt(bytes.readUInt32LE(0));
		return pair(u64(BigInt(length) + (a << 3n)), BigInt(bytes.readUInt32LE(length - 4)), by);
	}
	if (length === 0) return K2;
	const y = BigInt(bytes[0]! + (bytes[length >> 1]! << 8));
	const z = BigInt(length + (bytes[length - 1]! << 2));
	return times(mixed(times(y, K2) ^ times(z, K0)), K2);
}

function upTo32(bytes: Buffer): bigint {
	const { length } = bytes;
	const by = factor(bytes);
	const a = times(bytes.readBigUInt64LE(0), K1);
	const b = bytes.readBigUInt64LE(8);
	const c = times(bytes.readBigUInt64LE(length - 8), by);
	const d = times(bytes.readBigUInt64LE(length - 16), K2);
	return pair(u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d), u64(a + rotate(u64(b + K2), 18n) + c), by);
}

function upTo64(bytes: Buffer): bigint {
	const { length } = bytes;
	const by = factor(bytes);
	const at = (offset: number) => bytes.readBigUInt64LE(offset);
	const a = times(at(0), K2);
	const b = at(8);
	const c = times(at(length - 8), by);
	const d = times(at(length - 16), K2);
	const y = u64(rotate(u64(a + b), 43n) + rotate(c, 30n) + d);
	const z = pair(y, u64(a + rotate(u64(b + K2), 18n) + c), by);
	const e = times(at(16), by);
	const f = at(24);
	const g = times(u64(y + at(length - 32)), by);
	const h = times(u64(z + at(length - 24)), by);
	return pair(u64(rotate(u64(e + f), 43n) + rotate(g, 30n) + h), u64(e + rotate(u64(f + a), 18n) + g), by);
}

type Two = [bigint, bigint];

/** Of 32 bytes and two seeds. */
function weak(bytes: Buffer, from: number, a: bigint, b: bigint): Two {
	const at = (offset: number) => bytes.readBigUInt64LE(from + offset);
	const first = u64(a + at(0));
	const turned = rotate(u64(b + first + at(24)), 21n);
	const sum = u64(first + at(8) + at(16));
	return [u64(sum + at(24)), u64(turned + rotate(sum, 44n) + first)];
}

function longer(bytes: Buffer): bigint {
	const { length } = bytes;
	const rest = (length - 1) & 63;
	const end = length - 1 - rest;
	let y = u64(81n * K1 + 113n);
	let z = times(mixed(u64(y * K2 + 113n)), K2);
	let x = u64(81n * K2 + bytes.readBigUInt64LE(0));
	let v: Two = [0n, 0n];
	let w: Two = [0n, 0n];
	/** 64 bytes; `nine` is 1 but for the last ones. */
	const round = (s: number, by: bigint, nine: bigint) => {
		const at = (offset: number) => bytes.readBigUInt64LE(s + offset);
		x = times(rotate(u64(x + y + v[0] + at(8)), 37n), by);
		y = times(rotate(u64(y + v[1] + at(48)), 42n), by);
		x ^= u64(w[1] * nine);
		y = u64(y + v[0] * nine + at(40));
		z = times(rotate(u64(z + w[0]), 33n), by);
		v = weak(bytes, s, times(v[1], by), u64(x + w[0]));
		w = weak(bytes, s + 32, u64(z + w[1]), u64(y + at(16)));
		[z, x] = [x, z];
	};
	for (let s = 0; s < end; s += 64) round(s, K1, 1n);
	const by = u64(K1 + ((z & 0xffn) << 1n));
	w[0] = u64(w[0] + BigInt(rest));
	v[0] = u64(v[0] + w[0]);
	w[0] = u64(w[0] + v[0]);
	round(end + rest - 63, by, 9n);
	return pair(u64(pair(v[0], w[0], by) + times(mixed(y), K0) + z), u64(pair(v[1], w[1], by) + x), by);
}
