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

export default createNextIntlPlugin("./src/i18n/request.ts")(config);
