import { useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { Dialog } from "../../ui/modal.tsx";
import { setSingleKeys, useKeyText, useOfferedCommands, useSingleKeys } from "./commands.tsx";

/** Keys of what works on this page, as offered when the sheet was opened. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const keyText = useKeyText();
  const hasSingleKeys = useSingleKeys();
  const groups = useOfferedCommands((command) => command.keys !== undefined);
  return (
    <Dialog onClose={onClose} title={t("keys.title")} className="top-[72px] max-h-[calc(100dvh-96px)] w-[640px]">
      <div className="scroll-pane columns-1 gap-8 px-6 pb-4 sm:columns-2">
        {groups.map(({ id, label, commands }) => (
          <section key={id} className="break-inside-avoid pt-4">
            <h3 className="mb-1 font-semibold text-12">{label}</h3>
            <dl>
              {commands.map((command) => (
                <div key={command.id} className="flex min-h-8 items-center gap-2 border-line border-t">
                  <dt className="min-w-0 flex-1 text-fg-2">{command.label}</dt>
                  <dd>
                    <Kbd>{keyText(command.keys ?? "")}</Kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <footer className="flex items-center gap-2 border-line border-t bg-surface-2 py-2 pr-3 pl-6 text-12 text-muted">
        <span className="min-w-0 flex-1">{t(hasSingleKeys ? "keys.hint" : "keys.hintOff")}</span>
        <Button size="sm" onClick={() => setSingleKeys(!hasSingleKeys)}>
          {t(hasSingleKeys ? "keys.turnOff" : "keys.turnOn")}
        </Button>
      </footer>
    </Dialog>
  );
}
