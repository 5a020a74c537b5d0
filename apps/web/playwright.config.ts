import { defineConfig } from "@playwright/test";

/** Real Chromium against the built product with its sandbox. Nothing is downloaded: the browser is the system's. */
export default defineConfig({
  testDir: "./test",
  testMatch: "**/*.spec.ts",
  outputDir: "../../test-results",
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    // No traces, which cost every test time: `--trace=retain-on-failure` makes them.
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        // A microphone, and connections between pages without a service that resolves their addresses.
        "--use-fake-device-for-media-stream",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
      ],
    },
  },
});
