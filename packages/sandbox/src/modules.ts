import { fcm } from "./fcm/fcm.ts";
import { instagram } from "./instagram/instagram.ts";
import { mtproto } from "./mtproto/mtproto.ts";
import { push } from "./push/push.ts";
import { telegram } from "./telegram/telegram.ts";
import { traders } from "./traders/traders.ts";
import { webPush } from "./web-push/web-push.ts";

/** The simulated systems. Nothing else in the core names one. */
export const MODULES = [telegram, instagram, mtproto, push, fcm, webPush, traders] as const;
