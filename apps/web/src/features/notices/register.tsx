import { Bell as BellIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { lazyModule } from "../../ui/lazy.tsx";
import { type Command, registerAccessory, registerCommands, registerProvider } from "../shell/registry.ts";
import { BELL_KEYS, Bell, OpenPanel } from "./bell.tsx";
import { openBell, useUnread } from "./bell-state.ts";

function useNoticeCommands(): Command[] {
  const label = useTranslations("notices")("show");
  const run = () => openBell(true);
  return [{ id: "notices", group: "everywhere", label, icon: BellIcon, keys: BELL_KEYS, run }];
}

const NoticeCenter = lazyModule(() => import("./notice-center.tsx")).part((module) => module.NoticeCenter, {
  isSilent: true,
  isLate: true,
});

function NoticesProvider({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <NoticeCenter />
      <OpenPanel />
    </>
  );
}

registerProvider({ id: "notices", Provider: NoticesProvider });
registerAccessory({ id: "notices", Item: Bell, readCount: useUnread });
registerCommands({ id: "notices", read: useNoticeCommands });
