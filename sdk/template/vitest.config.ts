import { defineConfig } from "vitest/config";

// else vitest asks packages for what they have in development, which those of growthnav keep in their repository
process.env.NODE_ENV = "production";
export default defineConfig({});
