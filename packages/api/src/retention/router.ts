import { router, staffProcedure } from "../trpc.ts";
import { getRetention, runRetention, setRetention } from "./retention.ts";
import { runRetentionInput, setRetentionInput } from "./schema.ts";

export const retentionRouter = router({
  get: staffProcedure("auth:read").query(({ ctx }) => getRetention(ctx)),
  set: staffProcedure("auth:write")
    .input(setRetentionInput)
    .mutation(({ ctx, input }) => setRetention(ctx, input)),
  run: staffProcedure("auth:write")
    .input(runRetentionInput.prefault({}))
    .mutation(({ ctx, input }) => runRetention(ctx, input)),
});
