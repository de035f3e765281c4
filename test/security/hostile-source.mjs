// A foreign source that puts what a terminal obeys into everything that it says. `fail`: it ends with its own error.
import { readFileSync } from "node:fs";

const EVIL = "\x1b]0;pwned\x07\x1b[2J\x1b[35m\u009b2J\u202edoof";
const [command, ...rest] = process.argv.slice(2);
const option = (name) => {
	const at = rest.indexOf(`--${name}`);
	return at < 0 ? undefined : JSON.parse(readFileSync(rest[at + 1], "utf8"));
};
const config = option("config") ?? {};
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const STREAM = `orders ${EVIL}`;
const stream_descriptor = { name: STREAM };
const error = {
	message: `it said ${EVIL}`,
	failure_type: "transient_error",
	code: `transient.${EVIL}`,
	where: EVIL,
	why: EVIL,
	next: EVIL,
	stack_trace: EVIL,
	stream_descriptor,
};
const commands = {
	spec: () =>
		send({ type: "SPEC", spec: { connectionSpecification: { type: "object", title: EVIL, properties: {} } } }),
	check: () =>
		send({
			type: "CONNECTION_STATUS",
			connectionStatus: { status: config.fail ? "FAILED" : "SUCCEEDED", message: `fine ${EVIL}` },
		}),
	discover: () =>
		send({
			type: "CATALOG",
			catalog: {
				streams: [
					{
						name: STREAM,
						json_schema: {
							type: "object",
							properties: {
								id: { type: "string" },
								at: { type: "string", format: "date-time" },
								total: { type: "number" },
								[`column ${EVIL}`]: { type: "string" },
							},
						},
						supported_sync_modes: ["full_refresh", "incremental"],
						source_defined_cursor: true,
						default_cursor_field: [`column ${EVIL}`],
						source_defined_primary_key: [["id"]],
						note: EVIL,
						connector: EVIL,
						conversions: [
							{
								type: "purchase",
								when: { [`column ${EVIL}`]: { not: EVIL } },
								columns: {
									timestamp: "at",
									value: "total",
									currency: { const: "USD" },
									location_name: `column ${EVIL}`,
									order_number: "id",
								},
							},
						],
						conversion_origin: { source_system: { const: EVIL }, source_account: { const: EVIL } },
					},
				],
			},
		}),
	read() {
		console.error(`stderr ${EVIL}`);
		console.log(`no message ${EVIL}`);
		const record = (data) => send({ type: "RECORD", record: { stream: STREAM, data, emitted_at: Date.now() } });
		const status = (word) =>
			send({
				type: "TRACE",
				trace: { type: "STREAM_STATUS", emitted_at: 1, stream_status: { stream_descriptor, status: word } },
			});
		status("STARTED");
		send({ type: "LOG", log: { level: "INFO", message: EVIL } });
		send({
			type: "LOG",
			log: { level: "WARN", message: EVIL, waiting: { reason: "retry", wait_s: 1, request: EVIL, stream: STREAM } },
		});
		for (let id = 0; id < 3; id++) {
			record({
				id: `${EVIL} ${id}`,
				at: "2026-07-03T12:00:00Z",
				total: 12.5,
				[`column ${EVIL}`]: `text ${EVIL}`,
				[`extra ${EVIL}`]: EVIL,
			});
		}
		record({ id: "bad", at: EVIL, total: EVIL });
		record({ [`no id ${EVIL}`]: 1 });
		const reject = { stream: STREAM, code: EVIL, reason: EVIL, path: EVIL, file: EVIL, record_id: EVIL, raw: EVIL };
		send({ type: "LOG", log: { level: "WARN", message: EVIL, reject } });
		record({ id: "last" });
		send({
			type: "STATE",
			state: {
				type: "STREAM",
				stream: { stream_descriptor, stream_state: { cursor: `2026-07-03 (${EVIL})` } },
				controlTotals: [{ conversion_type: EVIL, currency: EVIL, value: "1", rows: 1 }],
			},
		});
		if (config.fail) {
			send({ type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error } });
			process.exitCode = 1;
		} else status("COMPLETE");
	},
};
commands[command]();
