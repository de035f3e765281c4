/** registry.json: every connector and destination of the project, derived from the packages themselves. */
export interface Registry {
	version: 1;
	connectors: RegistryEntry[];
}

export interface RegistryEntry {
	name: string;
	kind: "source" | "destination";
	/** npm package. */
	package: string;
	/** Executable in that package. */
	bin: string;
	version: string;
	title: string;
	owner: string;
	/** `tested` is earned: the project's tests run it. */
	status: "draft" | "tested" | "used";
	/** Streams with their key, cursor and conversions; empty for destinations and where the configuration decides. */
	streams: { name: string; key: string[]; cursor?: string; conversions: string[] }[];
	/** Words for the `connectors` screen where `streams` cannot tell. */
	reads?: string;
	conversions?: string;
	/** Destinations: what they write. */
	modes?: string[];
	/** Destinations that are one file: endings by which `sql` and `rejects` know it. */
	file_extensions?: string[];
	/** Has `./demo`. */
	demo: boolean;
	docs: string;
}
