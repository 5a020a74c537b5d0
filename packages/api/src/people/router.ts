import { z } from "zod";
import { router, signedInProcedure, staffProcedure } from "../trpc.ts";
import { erasePerson } from "./erase.ts";
import { exportPerson } from "./export.ts";
import { searchPeople, showPerson } from "./find.ts";
import { issueLinkChallenge, linkIdentity } from "./link.ts";
import { mergePeople, previewMerge, undoMerge } from "./merge.ts";
import { grantRole, revokeRole } from "./roles.ts";
import {
  eraseInput,
  exportInput,
  grantInput,
  identityRef,
  linkInput,
  mergeInput,
  searchPeopleInput,
  showPersonInput,
} from "./schema.ts";

export const peopleRouter = router({
  search: staffProcedure("auth:read")
    .input(searchPeopleInput.prefault({}))
    .query(async ({ ctx, input }) => ({ people: await searchPeople(ctx, input) })),
  show: staffProcedure("auth:read")
    .input(showPersonInput)
    .query(({ ctx, input }) => showPerson(ctx, input)),
  grant: staffProcedure("auth:write")
    .input(grantInput)
    .mutation(({ ctx, input }) => grantRole(ctx, input)),
  revoke: staffProcedure("auth:write")
    .input(identityRef)
    .mutation(({ ctx, input }) => revokeRole(ctx, input)),
  linkChallenge: signedInProcedure.input(z.object({}).optional()).mutation(({ ctx }) => issueLinkChallenge(ctx)),
  link: signedInProcedure.input(linkInput).mutation(({ ctx, input }) => linkIdentity(ctx, input)),
  previewMerge: staffProcedure("auth:write")
    .input(mergeInput)
    .query(({ ctx, input }) => previewMerge(ctx, input)),
  merge: staffProcedure("auth:write")
    .input(mergeInput)
    .mutation(({ ctx, input }) => mergePeople(ctx, input)),
  undoMerge: staffProcedure("auth:write")
    .input(z.object({ id: z.uuid() }))
    .mutation(async ({ ctx, input }) => {
      await undoMerge(ctx, input);
      return {};
    }),
  export: staffProcedure("auth:write")
    .input(exportInput)
    .mutation(({ ctx, input }) => exportPerson(ctx, input)),
  erase: staffProcedure("auth:write")
    .input(eraseInput)
    .mutation(({ ctx, input }) => erasePerson(ctx, input)),
});
