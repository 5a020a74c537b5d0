import path from "node:path";
import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const config: NextConfig = {
  // Runs inside apps/server: no rewrites here, they would answer the API's WebSocket upgrades a second time.
  transpilePackages: ["@pult/api"],
  poweredByHeader: false,
  devIndicators: false,
  allowedDevOrigins: ["127.0.0.1"],
  images: { unoptimized: true },
  turbopack: { root: path.resolve(import.meta.dirname, "../..") },
  outputFileTracingRoot: path.resolve(import.meta.dirname, "../.."),
};

// Messages are compiled when the web is built: no browser carries a parser for them.
const withMessages = createNextIntlPlugin({
  requestConfig: "./src/i18n/request.ts",
  experimental: { messages: { path: "./src/messages", format: "json", locales: "infer", precompile: true } },
});
const compiled = withMessages(config);

export default {
  ...compiled,
  turbopack: {
    ...compiled.turbopack,
    resolveAlias: {
      ...compiled.turbopack?.resolveAlias,
      // The plugin's own is relative to where the process was started, which is not always here.
      "use-intl/format-message": "use-intl/format-message/format-only",
    },
  },
} satisfies NextConfig;
