import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.{ts,tsx}",
      "apps/server/test/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    setupFiles: ["packages/api/src/testing/fixed-seed.ts"],
    globalSetup: ["packages/db/src/testing-setup.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { NODE_ENV: "test" },
  },
});
