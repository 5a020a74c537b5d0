import path from "node:path";
import type { NextConfig } from "next";

const repository = path.resolve(import.meta.dirname, "../..");

const config: NextConfig = {
  // Runs inside apps/server: no rewrites here, they would answer the API's WebSocket upgrades a second time.
  transpilePackages: ["@pult/api"],
  poweredByHeader: false,
  devIndicators: false,
  allowedDevOrigins: ["127.0.0.1"],
  images: { unoptimized: true },
  outputFileTracingRoot: repository,
  turbopack: {
    root: repository,
    // What next-intl's plugin would set, which looks for its files from where the process was started: the server starts elsewhere.
    resolveAlias: {
      "next-intl/config": "./src/i18n/request.ts",
      "use-intl/format-message": "use-intl/format-message/format-only",
    },
    // Messages are compiled with the web, so that no browser carries a parser for them.
    rules: {
      "*.json": {
        loaders: [
          {
            loader: "next-intl/extractor/catalogLoader",
            options: { messages: { format: "json", precompile: true } },
          },
        ],
        condition: { path: "./src/messages/**/*" },
        as: "*.js",
      },
    },
  },
};

export default config;
