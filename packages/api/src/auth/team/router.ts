import { router, staffProcedure } from "../../trpc.ts";
import { setDisabledInput, setRoleInput } from "./schema.ts";
import { listTeam, setDisabled, setRole } from "./team.ts";

export const teamRouter = router({
  list: staffProcedure("auth:read").query(async ({ ctx }) => ({ team: await listTeam(ctx) })),
  setRole: staffProcedure("auth:write")
    .input(setRoleInput)
    .mutation(async ({ ctx, input }) => {
      await setRole(ctx, input);
      return {};
    }),
  setDisabled: staffProcedure("auth:write")
    .input(setDisabledInput)
    .mutation(async ({ ctx, input }) => {
      await setDisabled(ctx, input);
      return {};
    }),
});
