import { router, staffProcedure } from "../../trpc.ts";
import { exportAudit, listAudit, listAuditActions } from "./audit-log.ts";
import { auditExportInput, auditListInput } from "./schema.ts";

/** The record of who did what. It is read here and added to nowhere but by what is recorded. */
export const auditRouter = router({
  list: staffProcedure("auth:read")
    .input(auditListInput.prefault({}))
    .query(({ ctx, input }) => listAudit(ctx, input)),
  actions: staffProcedure("auth:read").query(async ({ ctx }) => ({ actions: await listAuditActions(ctx) })),
  /** A mutation, because it leaves a trace. */
  export: staffProcedure("auth:read")
    .input(auditExportInput.prefault({}))
    .mutation(({ ctx, input }) => exportAudit(ctx, input)),
});
