import process from "node:process";
import { runAdmin } from "./run.ts";

process.exitCode = await runAdmin(process.argv.slice(2), process);
