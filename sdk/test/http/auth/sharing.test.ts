/** However requests, expiry and refusals interleave: one login at a time, and every request ends with the newest token. */
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { ConnectorError } from "../../../src/errors.ts";
import type { AuthSession } from "../../../src/http/auth/contract.ts";
import { proving } from "../../../src/http/auth/prove.ts";
import { tokenAuth } from "../../../src/http/auth/token.ts";
import { forgetSecrets } from "../../../src/redact.ts";

afterEach(forgetSecrets);

interface Story {
	/** Of each token, in seconds; none: nobody says. */
	lives: (number | undefined)[];
	/** At these arrivals the vendor revokes the token that is good. */
	revoked: number[];
	/** Logins that fail, by number. */
	failing: number[];
	/** Seconds that pass with each arrival. */
	pace: number;
	requests: number;
}

const stories = fc.record<Story>({
	lives: fc.array(fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }), { minLength: 1, maxLength: 5 }),
	revoked: fc.uniqueArray(fc.nat(40), { maxLength: 6 }),
	failing: fc.uniqueArray(fc.nat(8), { maxLength: 3 }),
	pace: fc.integer({ min: 0, max: 30 }),
	requests: fc.integer({ min: 1, max: 20 }),
});

/** A vendor in memory: only its newest token is good, and no longer than it lives. */
function vendor({ lives, revoked, failing, pace }: Story, scheduler: fc.Scheduler) {
	let now = 0;
	let logins = 0;
	let underWay = 0;
	let arrivals = 0;
	let revocations = 0;
	let good: { value: string; ends: number } | undefined;
	const most = { logins: 0 };

	const login = async () => {
		const number = logins++;
		most.logins = Math.max(most.logins, ++underWay);
		await scheduler.schedule(Promise.resolve(), `login ${number}`);
		underWay--;
		if (failing.includes(number)) throw new ConnectorError("transient.vendor_error", `login ${number} failed`);
		const life = lives[number % lives.length];
		good = { value: `token-${number}`, ends: life === undefined ? Number.POSITIVE_INFINITY : now + life * 1000 };
		return { value: good.value, until: life === undefined ? undefined : now + life * 1000 };
	};

	const arrive = async (token: string) => {
		await scheduler.schedule(Promise.resolve(), "arrives");
		if (revoked.includes(arrivals++)) {
			good = undefined;
			revocations++;
		}
		const accepted = good?.value === token && now < good.ends;
		now += pace * 1000;
		await scheduler.schedule(Promise.resolve(), "answered");
		if (!accepted) throw new ConnectorError("config.credentials", `401 for ${token}`);
		return token;
	};
	return { login, arrive, most, now: () => now, logins: () => logins, refusals: () => revocations };
}

test("at most one login is under way, and a request fails only where two of its tokens went bad, or the login failed", async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), stories, async (scheduler, story) => {
			const acme = vendor(story, scheduler);
			const session: AuthSession = {
				...{ vendor: "Acme", hint: undefined, now: acme.now },
				ask: () => Promise.reject(new Error("nobody asks")),
				save: async () => {},
			};
			const auth = tokenAuth(acme.login);
			const ends = Array.from({ length: story.requests }, async (_, number) => {
				await scheduler.schedule(Promise.resolve(), `request ${number}`);
				let tries = 0;
				const proven = proving(auth, session);
				try {
					return await proven(async (sign) => {
						tries++;
						const { headers } = await sign({
							method: "GET",
							url: new URL("https://a.example"),
							headers: {},
							body: undefined,
						});
						return acme.arrive(headers!.authorization!.slice("Bearer ".length));
					});
				} catch (error) {
					const { code } = error as ConnectorError;
					if (code === "config.credentials") expect(tries).toBe(2);
					else expect(code).toBe("transient.vendor_error");
					return code;
				}
			});
			await scheduler.waitIdle();
			const results = await Promise.all(ends);
			expect(acme.most.logins).toBeLessThanOrEqual(1);
			// what nothing disturbs succeeds with a single login
			const calm = story.revoked.length === 0 && story.failing.length === 0 && story.pace === 0;
			if (calm) expect([acme.logins(), new Set(results).size]).toEqual([1, 1]);
			if (story.failing.length === 0) expect(results).not.toContain("transient.vendor_error");
		}),
		{ numRuns: 300 },
	);
});

test("twenty requests at once that a revoked token refuses log in once more, and all come through", async () => {
	let valid = "";
	let logins = 0;
	const auth = tokenAuth(async () => {
		await new Promise((resolve) => setImmediate(resolve));
		valid = `token-${++logins}`;
		return { value: valid, until: undefined };
	});
	const session = { vendor: "Acme", hint: undefined, now: () => 0 } as AuthSession;
	const request = () =>
		proving(
			auth,
			session,
		)(async (sign) => {
			const { headers } = await sign({
				method: "GET",
				url: new URL("https://a.example"),
				headers: {},
				body: undefined,
			});
			await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
			if (headers!.authorization !== `Bearer ${valid}`) throw new ConnectorError("config.credentials", "401");
			return headers!.authorization;
		});
	await request();
	valid = "revoked";
	expect(new Set(await Promise.all(Array.from({ length: 20 }, request)))).toEqual(new Set(["Bearer token-2"]));
	expect(logins).toBe(2);
});

test("a login that fails fails once for all who wait; the next request tries anew", async () => {
	let logins = 0;
	const auth = tokenAuth(async () => {
		await new Promise((resolve) => setImmediate(resolve));
		if (++logins === 1) throw new ConnectorError("transient.vendor_error", "down");
		return { value: "token-2", until: undefined };
	});
	const session = { vendor: "Acme", hint: undefined, now: () => 0 } as AuthSession;
	const all = await Promise.allSettled(Array.from({ length: 20 }, () => proving(auth, session)(async () => "ok")));
	expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["rejected"]));
	expect(logins).toBe(1);
	expect(await proving(auth, session)(async () => "ok")).toBe("ok");
});
