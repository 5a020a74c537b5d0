import { chatsSlice } from "./chats/slice.ts";
import { crmSlice } from "./crm/slice.ts";
import { mediaSlice } from "./media/slice.ts";
import { createNoticesSlice } from "./notices/slice.ts";
import { notificationsSlice } from "./notifications/slice.ts";
import { pushSlice } from "./push/slice.ts";
import type { Slice } from "./slice.ts";
import { supportSlice } from "./support/slice.ts";
import { tradingSlice } from "./trading/slice.ts";
import { workflowsSlice } from "./workflows/slice.ts";

/** Every domain, in the order in which their rows are locked. */
export const slices: Slice[] = [
  supportSlice,
  notificationsSlice,
  tradingSlice,
  workflowsSlice,
  chatsSlice,
  crmSlice,
  createNoticesSlice(() => slices.flatMap(({ notices }) => notices)),
  pushSlice,
  mediaSlice,
];
