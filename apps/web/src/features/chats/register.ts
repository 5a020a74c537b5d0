import { MessagesSquare, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useMay } from "../auth/agent-context.tsx";
import { type Command, registerCommands, registerDestination } from "../shell/registry.ts";
import { CHATS } from "./chats-address.ts";

function useChatsDestination() {
  const t = useTranslations("chats");
  return useMay()("chats:read") ? { label: t("title") } : null;
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

registerDestination({ path: CHATS, icon: MessagesSquare, read: useChatsDestination });
registerCommands({ id: "chats", read: useChatsCommands });
