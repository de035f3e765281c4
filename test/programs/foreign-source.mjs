// A source that is not ours: it prints a session that was recorded (`<session>.ndjson`), whatever it is asked, and
// tells the test what it was given.
import { readFileSync, writeFileSync } from "node:fs";

const [session, told, command, ...rest] = process.argv.slice(2);
const fileOf = (option) => rest[rest.indexOf(`--${option}`) + 1];
const given = (option) => (rest.includes(`--${option}`) ? JSON.parse(readFileSync(fileOf(option), "utf8")) : null);
const print = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

if (command === "spec") print({ type: "SPEC", spec: { connectionSpecification: { type: "object", properties: {} } } });
else if (command === "check")
	print({ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED", message: null } });
else if (command === "discover") {
	const { streams } = JSON.parse(readFileSync(`${session}.catalog.json`, "utf8"));
	print({ type: "LOG", log: { level: "INFO", message: "discovering", stack_trace: null } });
	print({ type: "CATALOG", catalog: { streams: streams.map(({ stream }) => stream) } });
} else {
	writeFileSync(told, JSON.stringify({ config: given("config"), catalog: given("catalog"), state: given("state") }));
	process.stdout.write(readFileSync(`${session}.ndjson`, "utf8"));
}
