import { Command as CommandIcon, Keyboard, LogOut, Moon, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { createContext, type ReactNode, useContext, useLayoutEffect, useState } from "react";
import { useThemeToggle } from "../../theme/use-theme.tsx";
import { lazyModule } from "../../ui/lazy.tsx";
import { useSignOut } from "../auth/leave.ts";
import { useCommands } from "./commands.tsx";
import { registerCommandGroup, useGlobalCommands } from "./registry.ts";
import { useOfferedUndo } from "./undo.ts";

const Palette = lazyModule(() => import("./palette.tsx")).part((module) => module.Palette);
const KeySheet = lazyModule(() => import("./key-sheet.tsx")).part((module) => module.KeySheet);

const useEverywhereLabel = () => useTranslations("palette.group")("everywhere");
registerCommandGroup({ id: "everywhere", readLabel: useEverywhereLabel });

type Opened = "palette" | "keys" | null;
const OpenContext = createContext<(what: Opened) => void>(() => {});

export const useOpenShellDialog = () => useContext(OpenContext);

/** What is typed for the palette: from the key that opens it, before its field has the focus. */
function useTypedAhead(isOpen: boolean, open: (what: Opened) => void) {
  const [query, setQuery] = useState("");
  useLayoutEffect(() => {
    if (!isOpen) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const isInDialog = event.target instanceof Element && event.target.closest('[role="dialog"]');
      if (isInDialog || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key.length === 1) setQuery((typed) => typed + event.key);
      else if (event.key === "Backspace") setQuery((typed) => typed.slice(0, -1));
      else if (event.key === "Escape") open(null);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown, true);
    return () => {
      document.removeEventListener("keydown", onKeyDown, true);
      setQuery("");
    };
  }, [isOpen, open]);
  return [query, setQuery] as const;
}

/** The two dialogs that every page has, fetched when first opened, and the commands that work everywhere. */
export function ShellDialogs({ children }: { children: ReactNode }) {
  const [opened, open] = useState<Opened>(null);
  const [query, setQuery] = useTypedAhead(opened === "palette", open);
  return (
    <OpenContext value={open}>
      <EverywhereCommands open={open} />
      {children}
      {opened === "palette" ? (
        <Palette query={query} onQuery={setQuery} onClose={() => open(null)} onShowKeys={() => open("keys")} />
      ) : null}
      {opened === "keys" ? <KeySheet onClose={() => open(null)} /> : null}
    </OpenContext>
  );
}

function EverywhereCommands({ open }: { open: (what: Opened) => void }) {
  const t = useTranslations();
  const theme = useThemeToggle();
  const signOut = useSignOut();
  const global = useGlobalCommands();
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
    { id: "theme", group: "everywhere", label: theme.label, icon: Moon, run: theme.toggle },
    ...global,
    { id: "signOut", group: "everywhere", label: t("shell.signOut"), icon: LogOut, run: signOut },
  ]);
  return null;
}
