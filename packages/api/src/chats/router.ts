import { router } from "../trpc.ts";

/** Exposes what works; this domain has nothing to offer yet. */
export const chatsRouter = router({});
