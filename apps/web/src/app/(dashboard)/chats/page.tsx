import { ChatsScreen } from "../../../features/chats/chats-screen.tsx";
import { titled } from "../../../i18n/titled.ts";

export const generateMetadata = titled("chats.title");
export default ChatsScreen;
