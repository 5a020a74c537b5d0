import { InboxScreen } from "../../../features/support/inbox-screen.tsx";
import { titled } from "../../../i18n/titled.ts";

export const generateMetadata = titled("inbox.title");
export default InboxScreen;
