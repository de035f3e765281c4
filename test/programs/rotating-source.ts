/** A source whose refresh token works one time. */
import { defineSource, object, refreshToken, secret, string } from "@growthnav/sdk";
import { start } from "@growthnav/sdk/start.js";

await start(async () => ({
	default: defineSource({
		name: "rotating",
		version: "1.0.0",
		title: "Rotating",
		config: object({
			base_url: string(),
			client_secret: secret(string()),
			login: object({ refresh_token: secret(string()) }),
		}),
		http: ({ base_url, client_secret, login }) => ({
			vendor: "Rotating",
			baseUrl: base_url,
			auth: refreshToken({
				...{ tokenUrl: "/token", clientId: "app", clientSecret: client_secret },
				...{ refreshToken: login.refresh_token, setting: "login.refresh_token" },
			}),
		}),
		check: async ({ http }) => `account ${(await http.get("/me")).body.name}`,
		streams: {
			sales: {
				schema: object({ id: string() }),
				primaryKey: "id",
				read: ({ http }) => http.pages("/sales", { rows: (body) => body.sales, next: () => undefined }),
			},
		},
	}),
}));
