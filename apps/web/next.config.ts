import { randomUUID } from "node:crypto";
import path from "node:path";
import type { NextConfig } from "next";

const repository = path.resolve(import.meta.dirname, "../..");

// Set once for the build's worker processes too.
process.env.PULT_WEB_BUILD ??= randomUUID();

const config: NextConfig = {
  // Written into the pages and into what `/version` answers, so that a page of an older build learns of the newer one.
  env: { BUILD: process.env.PULT_WEB_BUILD },
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
