/** Faults on demand: each is for so many requests or jobs, then spent. */
import type { ErrorProto } from "./refusal.ts";

export interface FaultBase {
	/** A regular expression: for `METHOD /path?query` of a request, for the id of a job. Left out: any. */
	match?: string;
	/** How often; 1 if left out. */
	times?: number;
	/** How many that match are let through first. */
	skip?: number;
}

export type RequestFault = FaultBase &
	(
		| {
				/** Instead of doing anything. */
				answer: { status: number; reason?: string; message?: string; headers?: Record<string, string>; body?: string };
		  }
		| {
				/** The connection is dropped: before anything is done, when the job is made, or when it is done (committed). */
				drop: "before" | "made" | "done";
		  }
		| {
				/** As `drop`, but the connection stays open and nothing is ever said. */
				hang: "before" | "made" | "done";
		  }
		| {
				/** The connection breaks after so many bytes of an upload; what came in whole 256 KiB was kept. */
				reset: number;
		  }
		| {
				/** The object of Cloud Storage that this upload ends is not what was sent: one byte is another. */
				damage: true;
		  }
	);

export type JobFault = FaultBase & {
	job: {
		/** The job is made and fails: before it does anything, or after all of it was done and committed. */
		fail?: ErrorProto & { after?: "commit" };
		/** DONE with these in `errors`, and no `errorResult`. */
		warnings?: ErrorProto[];
		/** Milliseconds before the job begins. */
		delay?: number;
		/** So many looks at the job say RUNNING, though it is done. */
		polls?: number;
		/** The first change of rows inside its transaction is cancelled. */
		abort?: true;
		/** A load refuses the lines that match, as it refuses a wrong value; for all loads set `times` high. */
		refuse?: { line: string; message: string };
		/** Added to the `outputRows` that a load says. */
		outputRows?: number;
	};
};

export type Fault = RequestFault | JobFault;

export interface Faults {
	add(fault: Fault): void;
	clear(): void;
	/** The fault for this request, which is thereby spent one time. */
	ofRequest(request: string, isUpload: boolean): RequestFault | undefined;
	ofJob(id: string): JobFault["job"];
	pending(): Fault[];
}

export function openFaults(): Faults {
	let faults: { fault: Fault; left: number; skip: number }[] = [];
	const spend = (chosen: (fault: Fault) => boolean, text: string): Fault | undefined => {
		for (const one of faults) {
			if (!chosen(one.fault) || !new RegExp(one.fault.match ?? "").test(text)) continue;
			if (one.skip > 0) {
				one.skip--;
				continue;
			}
			one.left--;
			faults = faults.filter(({ left }) => left > 0);
			return one.fault;
		}
		return undefined;
	};
	return {
		add: (fault) => void faults.push({ fault, left: fault.times ?? 1, skip: fault.skip ?? 0 }),
		clear() {
			faults = [];
		},
		ofRequest: (request, isUpload) =>
			spend((fault) => !("job" in fault) && (isUpload || !("reset" in fault || "damage" in fault)), request) as
				| RequestFault
				| undefined,
		ofJob: (id) => (spend((fault) => "job" in fault, id) as JobFault | undefined)?.job ?? {},
		pending: () => faults.map(({ fault }) => fault),
	};
}
