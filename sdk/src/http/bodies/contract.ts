/** How the bytes of a download become rows. */

/** `jsonLines()`, `csv()`, `jsonArray(path)`, `xml(path)`, or one of the author's own. */
export interface Format<Row> {
	/** The media type that is asked for: "text/csv". */
	accept: string;
	/** Rows in batches, out of unpacked bytes. Nothing is read ahead of what is asked for. */
	rows(bytes: AsyncIterable<Buffer>, download: Download): AsyncIterable<Row[]>;
}

/** What a format needs to know for its errors and bounds. */
export interface Download {
	/** "GET /exports/17" */
	request: string;
	/** Bytes of the largest row. */
	rowBytes: number;
}
