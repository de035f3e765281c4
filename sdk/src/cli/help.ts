/** The texts of `--help`, as they are printed. Examples in them are run by a test. */
import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
	version: string;
};

const COMMON = `
  --json           one event per line on stdout
  --plain          no frame, no colour, no symbols
  -q, --quiet      result and errors only
  -v, --verbose    also connectors' logs
  --color <when>   always or never; else FORCE_COLOR, NO_COLOR, the terminal`;

const ENV = "\n  --env <file>     also read NAME=value lines of this file, for env: references";
const WAIT = "\n  --wait <time>    wait for a store that another program holds: 30s, 5m, 1h";

export const HELP = {
	version,
	root: `growthnav <command> [options]   reads a source, loads typed tables and one
table of conversions, and shows that the numbers agree

  demo [connector]         a complete example, no account needed
  connectors               what can be read and written here
  new <name>               a working connector, to be changed into yours
  dev [connector]          tries it at every save, and shows all of it
  test <connector>         whether a connector keeps every rule, on its demo
  check <pipeline>         try every setting, secret and right; writes nothing
  discover <source>        streams, keys, cursors and the conversions they make
  record <source>          real requests and answers as a file for tests
  preview <source>         rows, what they become, which are refused and why
  run <pipeline...>        read, load, commit, report
  sync <source> <dest>     the same without a pipeline file
  migrate <export>         a connection of Airbyte or Meltano goes on here
  rejects <pipeline>       refused rows and reasons; --retry after a fix
  sql <pipeline> <query>   read-only query on the result
  state show|reset         where each stream stands; start one again

  --json       one event per line on stdout     --plain    no frame, no colour
  -q, --quiet  result and errors only           -v         also connectors' logs
  -h, --help   of a command, with examples      --version

Try first:   growthnav demo
             growthnav preview square --demo
Exit codes:  0 done, 10 change a setting, 20 run again later, 30 look at the
             data, 70 report a bug, 130 stopped by Ctrl-C
`,
	commands: {
		demo: `growthnav demo [connector]   a complete example into demo.duckdb in this folder

Runs scripted sources that come with the connectors (files and Square, or the
one that is named) as real processes and compares the sums with what the
sources say of themselves. No account, no network. Run it twice: nothing
doubles.

  --fresh          delete demo.duckdb and start over (asks)
  --yes            without a question${WAIT}${COMMON}

Examples:  growthnav demo
           growthnav demo square
`,
		new: `growthnav new <name>   a working connector, to be changed into yours

Makes the connector of docs/write-a-connector.md under your name: one stream
with conversions, a scripted server with its own books, tests, README. Green at
once. Within the repository of growthnav it becomes connectors/<name>, elsewhere
a package source-<name> in this folder.

  --title <text>   what people call the vendor; else made from the name
  --openapi <file> also src/proposed.ts: streams and fields of an OpenAPI 3
                   document (JSON), with comments where it does not say enough${COMMON}

Examples:  growthnav new shoply
           growthnav new tea-house --title "The Tea House"
`,
		dev: `growthnav dev [connector]   tries a connector at every save, and shows all of it

Runs it from its TypeScript sources against its scripted source, or with your
settings, and reads the beginning of each stream. Shows side by side: rows, what
they become and why not, what changed since the last try; requests, the rate
budget, the state that it would save. A fault is shown with its file and line.
[connector] is a folder, a name or a package; else the folder you stand in.
Keys: r tries again, q ends.

  --config <file>  settings of the connector (JSON), in place of its demo
  --stream <name>  one stream (may be repeated); else all
  --rows <n>       how many rows of each stream are shown (5)
  --once           one try; the exit code says how it went
  --show-values    also names, addresses, emails, phones (only on a terminal)${ENV}${COMMON}

Examples:  growthnav dev
           growthnav dev square --stream refunds --once
`,
		test: `growthnav test <connector>   whether a connector keeps every rule, on its demo

Reads the scripted source that comes with a connector, behind a proxy that
makes the faults of networks and vendors: limits, broken pages, silence, wrong
keys. Kills it after its pages and goes on from its states. A report for whoever
reviews the connector; exit code 30 when a rule is broken.

  --only <rule>    only rules whose name begins so: "resume"
  --release        keep spec and catalog in release.json of the package: what
                   later versions must still hold${COMMON}

Examples:  growthnav test file
           growthnav test square --only spec
`,
		connectors: `growthnav connectors   what can be read and written here

Lists the connectors of the registry and those installed in node_modules.
${COMMON}

Examples:  growthnav connectors
           growthnav connectors --json
`,
		check: `growthnav check <pipeline>   tries every setting, secret and right

Nothing is written. All tests are made; failures come together. Exit code 10
where one fails.
${ENV}${COMMON}

Examples:  growthnav check acme.yaml
           growthnav check acme.yaml --env .env
`,
		discover: `growthnav discover <source>   streams, keys, cursors and what they become

<source> is a pipeline file, a connector's name, an installed package or a
command in quotes.

  --config <file>  settings of the connector (JSON)
  --demo           use the connector's scripted source
  --stream <name>  the columns of one stream and their types
  --mapping        with --stream: its mapping as YAML, for a pipeline file${ENV}${COMMON}

Examples:  growthnav discover square --demo
           growthnav discover square --demo --stream orders --mapping
`,
		preview: `growthnav preview <source>   rows, what they become, which are refused and why

Reads a few rows and shows the conversions that they would make. Nothing is
written.

  --config <file>  settings of the connector (JSON)
  --demo           use the connector's scripted source
  --stream <name>  one stream (may be repeated); else those with conversions
  --rows <n>       how many rows (4)
  --row <n>        all of row n, and its record by the paths a mapping may read
  --show-values    also names, addresses, emails, phones (only on a terminal)${ENV}${COMMON}

Examples:  growthnav preview square --demo
           growthnav preview acme.yaml --stream orders --rows 10
`,
		record: `growthnav record <source>   real requests and answers as a file for tests

Reads from the account and keeps what was sent and answered, without keys;
names, mail addresses, phones, places and free texts have stand-ins, the same
for the same value. The file replays in tests (startCassette), and can be
attached to an issue once you have read it.

  --config <file>  settings of the connector (JSON)
  --demo           use the connector's scripted source
  --out <file>     else <source>.cassette.json in this folder
  --stream <name>  one stream (may be repeated); else all
  --max-bytes <n>  of answers (10,000,000); then the read ends${ENV}${COMMON}

Examples:  growthnav record square --demo
           growthnav record square --config square.json --stream refunds
`,
		run: `growthnav run <pipeline...>   read, load, commit, report

Continues where the last commit stands. Several files run in turn; each tells
its result when it ends. Ctrl-C stops at the next commit.
${WAIT}${ENV}${COMMON}

Examples:  growthnav run acme.yaml
           growthnav run *.yaml --json
`,
		sync: `growthnav sync <source> <destination>   the same as run, without a pipeline file

<source> and <destination> are names, installed packages or commands in quotes.
Values of settings may be env:NAME or file:PATH.

  --source-config <file>       settings of the source (JSON)
  --destination-config <file>  settings of the destination (JSON)
  --customer <id>              customer_id of every conversion; else the
                               destination's settings have it
  --name <pipeline>            of its states; else source-destination
  --demo                       use the source's scripted server${WAIT}${ENV}${COMMON}

Examples:  growthnav sync square duckdb --demo --customer demo
           growthnav sync square duckdb --source-config s.json --customer acme
`,
		migrate: `growthnav migrate <export>   a connection of Airbyte or Meltano goes on here

Makes a pipeline file and puts the state where its first run reads on. <export>
is a folder or a file: of Airbyte the source, the catalog and the state as its
API or the protocol writes them; of Meltano the project. Secrets become env:
references. Rows that were loaded before stay where they are.

  --customer <id>     customer_id of every conversion
  --name <pipeline>   else the connection's name
  --out <file>        the pipeline file; else <name>.yaml in this folder
  --source <command>  Airbyte: the program, where the export names an image
  --extractor <name>  Meltano: which one of several
  --state <file>      the state, where it is apart: of Meltano what
                      "meltano state get" prints
  --destination <name>          else duckdb
  --destination-config <file>   its settings (JSON)${ENV}${COMMON}

Examples:  growthnav migrate export/ --customer acme --source source-faker
           growthnav migrate . --customer acme --state state.json
`,
		rejects: `growthnav rejects <pipeline>   refused rows and reasons

<pipeline> is a pipeline file or a store (a .duckdb file).

  --explain <id>   one reject with its raw row
  --show-values    its texts, too, not their shape (only on a terminal)
  --retry          try the rows again, after a mapping or a schema was corrected
                   (needs the pipeline file)
  --stream <name>  only those of one stream
  --csv            all of them, for a spreadsheet; a ' stands before what looks
                   like a formula${ENV}${COMMON}

Examples:  growthnav rejects acme.yaml
           growthnav rejects acme.yaml --retry
           growthnav rejects demo.duckdb
`,
		sql: `growthnav sql <pipeline> <query>   read-only query on the result

<pipeline> is a pipeline file or a store (a .duckdb file). On a terminal at most
100 rows are shown, and the columns that fit.

  --csv            all rows, for a spreadsheet; a ' stands before what looks
                   like a formula${ENV}${COMMON}

Examples:  growthnav sql demo.duckdb "from conversions limit 9"
           growthnav sql acme.yaml "select business_date, sum(value)
                                    from conversions group by 1"
`,
		state: `growthnav state show <pipeline>   where each stream stands
growthnav state reset <pipeline>   the next run reads from the start (asks)

To show, <pipeline> may also be a store (a .duckdb file).

  --stream <name>  reset: one stream alone
  --yes            reset: without a question${ENV}${COMMON}

Examples:  growthnav state show acme.yaml
           growthnav state reset acme.yaml --stream orders
`,
	},
};
