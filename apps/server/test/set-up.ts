import { build } from "esbuild";
import { buildServer, bundle } from "../build.ts";

/** What black-box tests start: the server's bundle and the admin command line's, which starts in a third of the time. */
export default async function setUp(): Promise<void> {
  await buildServer();
  await build({ ...bundle, entryPoints: ["src/admin/main.ts"], outdir: "dist/admin" });
}
