import { expect, it } from "vitest";
import { tidyScopes } from "./scope-grid.tsx";

it("keeps the order of the domains and drops what another scope includes", () => {
  expect(tidyScopes(["trading:read", "support:read", "support:write"])).toEqual(["support:write", "trading:read"]);
  expect(tidyScopes(["auth:read", "*"])).toEqual(["*"]);
  expect(tidyScopes([])).toEqual([]);
});
