/** The help of an executable, derived from its definition. */
import { type Field, fieldOf } from "../schema/field.ts";
import type { Definition } from "./executable-run.ts";

const WIDTH = 79;

export function helpOf(definition: Definition): string {
	const program = `${definition.kind}-${definition.name}`;
	return definition.kind === "source" ? sourceHelp(definition, program) : destinationHelp(definition, program);
}

function sourceHelp(source: Definition, program: string): string {
	return `${program} <command> [options]      reads ${source.title}

  spec                      the settings it takes, as a JSON Schema
  check --config <file>     tries the settings; answers SUCCEEDED or FAILED
  discover --config <file>  its streams, with keys, cursors and schemas
  read --config <file>      records and states as JSON Lines, for a pipe

  --catalog <file>     which streams to read, and how; else all
  --state <file>       where to go on: the output of a state command
  --namespace <name>   in place of ${source.name}, for a second account
  --record <file>      keep requests and answers, without keys and people, to
                       replay them in tests; --max-bytes <n>: 10,000,000
  -h, --help           --version

${settings(source)}
Examples:  ${program} check --config ${source.name}.json
           ${program} read --config ${source.name}.json |
             destination-duckdb write --config duckdb.json
           destination-duckdb state --config duckdb.json > state.ndjson
           ${program} read --config ${source.name}.json --state state.ndjson
${END}`;
}

function destinationHelp(destination: Definition, program: string): string {
	const { name, title } = destination;
	return `${program} <command> [options]      writes to ${title}

  spec                   the settings it takes, as a JSON Schema
  check --config <file>  tries the settings; answers SUCCEEDED or FAILED
  write --config <file>  reads messages from stdin, commits, answers the states
  state --config <file>  the committed states; --reset [stream] clears them,
                         --state <file> begins with those of another program,
                         --array prints them as a file for another's source
  sql --config <file> --query <sql>   reads; a line of columns, then rows

  --catalog <file>       which streams come, and how; else the pipe tells
  -h, --help             --version

${settings(destination)}
Examples:  ${program} check --config ${name}.json
           source-square read --config square.json |
             ${program} write --config ${name}.json
           ${program} state --config ${name}.json > state.ndjson
           ${program} state --config ${name}.json --reset orders
${END}`;
}

const END = `
Exit codes:  0 done, 10 change a setting, 20 run again later, 30 look at the
             data, 70 report a bug, 130 stopped by Ctrl-C, 143 terminated
`;

function settings({ config }: Definition): string {
	const fields = [...fieldOf(config).fields];
	const width = Math.max(...fields.map(([name]) => name.length), 4);
	const lines = fields.map(([name, field]) => {
		const [first = "", ...more] = wrap(described(field), WIDTH - width - 5);
		return [`  ${name.padEnd(width)}   ${first}`, ...more.map((line) => " ".repeat(width + 5) + line)].join("\n");
	});
	return lines.length === 0 ? "" : `Settings, in a JSON file:\n${lines.join("\n")}\n`;
}

function described(field: Field): string {
	const { description, title } = field.facts;
	const words = [
		!field.optional && "required",
		field.secret && "secret",
		field.values.length > 0 && field.values.join(" or "),
		field.default !== undefined && !field.secret && `default ${JSON.stringify(field.default)}`,
	].filter(Boolean);
	const told = [description, title].find((text) => typeof text === "string") ?? "";
	return [words.join(", "), told].filter(Boolean).join(". ");
}

/** Words over lines. Definitions are written in plain letters, so there is no need to load what measures others. */
function wrap(text: string, width: number): string[] {
	const lines = [""];
	for (const word of text.split(" ")) {
		const line = lines.at(-1)!;
		if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
		else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
	}
	return lines;
}
