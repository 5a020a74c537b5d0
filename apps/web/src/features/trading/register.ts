import { ChartCandlestick, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useMay } from "../auth/agent-context.tsx";
import { type Command, registerCommandGroup, registerCommands, registerDestination } from "../shell/registry.ts";

const ROOMS = "/rooms";
const useTitle = () => useTranslations("rooms")("title");

function useRoomsDestination() {
  const label = useTitle();
  return useMay()("trading:read") ? { label } : null;
}

function useRoomCommands(): Command[] {
  const t = useTranslations("roomsDesk");
  const router = useRouter();
  const may = useMay();
  if (!may("trading:read")) return [];
  const common = { group: "everywhere" };
  const goTo = { ...common, id: "rooms", label: t("goTo"), icon: ChartCandlestick, run: () => router.push(ROOMS) };
  if (!may("trading:write")) return [goTo];
  const run = () => router.push(`${ROOMS}?new=room`);
  return [goTo, { ...common, id: "newRoom", label: t("create.title"), icon: Plus, run }];
}

registerDestination({ path: ROOMS, icon: ChartCandlestick, read: useRoomsDestination });
registerCommandGroup({ id: "rooms", readLabel: useTitle });
registerCommands({ id: "rooms", read: useRoomCommands });
