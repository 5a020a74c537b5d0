import { defineConfig } from "vitest/config";

const databases = "packages/db/src/testing-setup.ts";

export default defineConfig({
  test: {
    setupFiles: ["packages/api/src/testing/setup.ts"],
    // Files share a process and its modules, so each imports them once.
    isolate: false,
    // One more than the cores: black-box tests wait more than they compute.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { NODE_ENV: "test" },
    projects: [
      {
        extends: true,
        test: {
          name: "source",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
          globalSetup: [databases],
        },
      },
      {
        extends: true,
        test: {
          name: "server",
          include: ["apps/server/test/**/*.test.ts"],
          // Ends only what hangs: what a test promises of time it measures itself, and a machine may be slow.
          testTimeout: 240_000,
          globalSetup: [databases, "apps/server/build.ts"],
        },
      },
    ],
  },
});
