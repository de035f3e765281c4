/** Runs a connector's or destination's command line, or growthnav's own when `load` is left out. */
export function start(load?: () => Promise<unknown>): Promise<void>;
