import { declareErrors } from "../errors.ts";

export const notificationsError = declareErrors("notifications", {
  eventNotFound: ["NOT_FOUND", "No such event"],
  alertNotFound: ["NOT_FOUND", "No such alert"],
  alertExpired: ["VALIDATION", "expiresAt: must be in the future"],
  alertSettled: ["CONFLICT", "This alert was settled with another profit"],
  broadcastNotFound: ["NOT_FOUND", "No such broadcast"],
  broadcastEnded: ["CONFLICT", "This broadcast has ended"],
  clientIdReused: ["CONFLICT", "This client id was used for another broadcast"],
  noBot: ["UNAVAILABLE", "No bot is configured: set TELEGRAM_BOT_TOKEN"],
  noLiveChat: ["UNAVAILABLE", "No chat is configured: set TELEGRAM_CHAT_ID"],
  verifyTokenWrong: ["FORBIDDEN", "Wrong verify token: use the value of INSTAGRAM_WEBHOOK_VERIFY_TOKEN"],
  adminsOnly: ["FORBIDDEN", "Permission denied"],
});
