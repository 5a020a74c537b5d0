import { declareErrors } from "../errors.ts";

export const peopleError = declareErrors("people", {
  notFound: ["NOT_FOUND", "No such person"],
  identityNotFound: ["NOT_FOUND", "No person is known as {namespace} {externalId}"],
  mergeNotFound: ["NOT_FOUND", "No such merge"],
  merged: ["CONFLICT", "This person was merged into {id}; use that id"],
  mergedElsewhere: ["CONFLICT", "{name} was merged into another person"],
  mergedFurther: ["CONFLICT", "They were merged further; undo the later merge first"],
  mergeUndone: ["CONFLICT", "This was undone already"],
  mergeWithSelf: ["VALIDATION", "Name two different people"],
  bothAgents: ["CONFLICT", "Both are agents"],
  keepAgent: ["CONFLICT", "{name} is an agent; keep that person instead"],
  agentActive: ["CONFLICT", "An agent who can sign in cannot be erased; deactivate the account first"],
  roleOfAgent: ["CONFLICT", "This person is an agent; change the role in the team settings"],
  linkOfAgent: ["FORBIDDEN", "An agent's account is on one side: ask your team to merge the two"],
  linkOfOther: ["FORBIDDEN", "Only a customer links their own identities"],
  bareId: ["FORBIDDEN", "A bare id proves nothing; sign in first"],
  tokenUnproven: ["UNAUTHORIZED", "The token proves nothing"],
  walletUnproven: ["UNAUTHORIZED", "The signature does not hold; ask for a new challenge"],
});
