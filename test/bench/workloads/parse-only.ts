/** The ceiling of all that reads messages from stdin: each line is parsed, records are counted, nothing else is done. */
import { readLines } from "./lines.ts";

let records = 0;
await readLines(process.stdin, (line) => {
	if ((JSON.parse(line) as { type: string }).type === "RECORD") records++;
});
process.stdout.write(JSON.stringify({ records }));
