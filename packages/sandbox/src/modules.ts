import { fcm } from "./fcm/fcm.ts";
import { push } from "./push/push.ts";
import { telegram } from "./telegram/telegram.ts";
import { webPush } from "./web-push/web-push.ts";

/** The simulated systems. Nothing else in the core names one. */
export const MODULES = [telegram, push, fcm, webPush] as const;
