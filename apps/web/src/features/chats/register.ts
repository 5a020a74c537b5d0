import { MessagesSquare, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useMay } from "../auth/agent-context.tsx";
import { type Command, registerCommands, registerDestination, registerProvider } from "../shell/registry.ts";
import { CHATS } from "./chats-address.ts";
import { UnreadChats, useUnreadChats } from "./unread.tsx";

function useChatsDestination() {
  const t = useTranslations("chats");
  const count = useUnreadChats();
  return useMay()("chats:read") ? { label: t("title"), count } : null;
}

function useChatsCommands(): Command[] {
  const t = useTranslations("chats");
  const router = useRouter();
  const may = useMay();
  if (!may("chats:read")) return [];
  const goTo: Command = {
    id: "chats",
    group: "everywhere",
    label: t("goTo"),
    icon: MessagesSquare,
    run: () => router.push(CHATS),
  };
  if (!may("chats:write")) return [goTo];
  const run = () => router.push(`${CHATS}?link=new`);
  return [goTo, { id: "linkAccount", group: "everywhere", label: t("link.title"), icon: Plus, run }];
}

registerProvider({ id: "chats", Provider: UnreadChats });
registerDestination({ path: CHATS, icon: MessagesSquare, read: useChatsDestination });
registerCommands({ id: "chats", read: useChatsCommands });
