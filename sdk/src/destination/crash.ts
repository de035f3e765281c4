/**
 * The points at which a run may be ended for good, so that tests can prove what is left. The command line kills its
 * process at the one that GN_CRASH_AT names (`after_commit`, or `record:500` for the 500th time); nobody else does.
 */
export const CRASH_POINTS = [
	/** A message of this type was dealt with, before the next one. */
	"catalog",
	"record",
	"state",
	"log",
	"trace",
	/** A row is in the spool, its conversions are not. */
	"mid_spool",
	"before_seal",
	"after_seal",
	/** Tables are about to get, or have got, the columns of this run. */
	"before_evolve",
	"after_evolve",
	/** Inside the store: nothing is loaded, all is loaded, all is written but not committed, it is committed. */
	"before_load",
	"after_load",
	"before_commit",
	"after_commit",
	/** STATE messages of a commit: none was sent, one was, all were. */
	"before_states",
	"between_states",
	"after_states",
	"before_close",
	"after_close",
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

export type Crash = (point: CrashPoint) => void;
