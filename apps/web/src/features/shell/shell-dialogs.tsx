"use client";

import { Command as CommandIcon, Keyboard, LogOut, Moon, Undo2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { createContext, type ReactNode, useContext, useState } from "react";
import { useTheme } from "../../theme/use-theme.ts";
import { useSignOut } from "../auth/use-sign-out.ts";
import { useSections } from "../settings/use-sections.ts";
import { useCommands } from "./commands.tsx";
import { useOfferedUndo } from "./undo.ts";

const Palette = dynamic(() => import("./palette.tsx").then((module) => module.Palette), { ssr: false });
const KeySheet = dynamic(() => import("./key-sheet.tsx").then((module) => module.KeySheet), { ssr: false });

type Opened = "palette" | "keys" | null;
const OpenContext = createContext<(what: Opened) => void>(() => {});

/** Opens the palette or the sheet of keys. */
export const useOpenShellDialog = () => useContext(OpenContext);

/** The two dialogs that every page has, fetched when first opened, and the commands that work everywhere. */
export function ShellDialogs({ children }: { children: ReactNode }) {
  const [opened, open] = useState<Opened>(null);
  return (
    <OpenContext value={open}>
      <EverywhereCommands open={open} />
      {children}
      {opened === "palette" ? <Palette onClose={() => open(null)} onShowKeys={() => open("keys")} /> : null}
      {opened === "keys" ? <KeySheet onClose={() => open(null)} /> : null}
    </OpenContext>
  );
}

function EverywhereCommands({ open }: { open: (what: Opened) => void }) {
  const t = useTranslations();
  const { shown, toggle } = useTheme();
  const signOut = useSignOut();
  const router = useRouter();
  const sections = useSections().flatMap((group) => group.sections);
  const undo = useOfferedUndo();
  useCommands([
    { id: "undo", group: "everywhere", label: t("common.undo"), icon: Undo2, keys: "z", run: () => undo?.() },
    {
      id: "palette",
      group: "everywhere",
      label: t("shell.commands"),
      icon: CommandIcon,
      keys: "mod+k",
      isKeyOnly: true,
      run: () => open("palette"),
    },
    { id: "keys", group: "everywhere", label: t("keys.sheet"), icon: Keyboard, keys: "?", run: () => open("keys") },
    {
      id: "theme",
      group: "everywhere",
      label: t(shown === "dark" ? "preferences.themeToLight" : "preferences.themeToDark"),
      icon: Moon,
      run: toggle,
    },
    ...sections.map(({ id, href, label, icon }) => ({
      id: `settings-${id}`,
      group: "everywhere" as const,
      label: t("settings.goTo", { section: label }),
      icon,
      run: () => router.push(href),
    })),
    { id: "signOut", group: "everywhere", label: t("shell.signOut"), icon: LogOut, run: signOut },
  ]);
  return null;
}
