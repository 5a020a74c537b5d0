import * as addressBook from "./schema/address-book.ts";
import * as auth from "./schema/auth.ts";
import * as bulk from "./schema/bulk.ts";
import * as chats from "./schema/chats.ts";
import * as crm from "./schema/crm.ts";
import * as leases from "./schema/leases.ts";
import * as media from "./schema/media.ts";
import * as notices from "./schema/notices.ts";
import * as notifications from "./schema/notifications.ts";
import * as outbox from "./schema/outbox.ts";
import * as push from "./schema/push.ts";
import * as realtime from "./schema/realtime.ts";
import * as support from "./schema/support.ts";
import * as telegram from "./schema/telegram.ts";
import * as imports from "./schema/telegram-imports.ts";
import * as trading from "./schema/trading.ts";
import * as workflows from "./schema/workflows.ts";

/** All tables, as the drivers want them. */
export const schema = {
  ...addressBook,
  ...auth,
  ...bulk,
  ...chats,
  ...crm,
  ...imports,
  ...leases,
  ...media,
  ...notices,
  ...notifications,
  ...outbox,
  ...push,
  ...realtime,
  ...support,
  ...telegram,
  ...trading,
  ...workflows,
};
