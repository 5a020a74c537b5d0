import { Hand } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useTradingText } from "../use-trading-text.ts";
import type { Gathering, ShownPerson } from "./people.ts";

const RING = "ring-2 ring-success ring-offset-2 ring-offset-surface-2";

export function useNameOf() {
  const t = useTranslations("rooms.line");
  const { trader } = useTradingText();
  return (person: ShownPerson): string => (person.isMe ? t("youName") : trader(person));
}

/** Who may speak and who asks to, as far as there is room. */
export function PeopleRow({ people, most }: { people: readonly ShownPerson[]; most: number }) {
  const t = useTranslations("rooms.voice");
  const { trader } = useTradingText();
  const nameOf = useNameOf();
  const shown = people.slice(0, most);
  if (shown.length === 0) return null;
  return (
    <ul aria-label={t("speakers")} className="flex gap-1">
      {shown.map((person) => (
        <li key={person.traderId} className="flex w-15 min-w-0 flex-col items-center gap-1.5 pt-1">
          <Avatar
            name={trader(person)}
            size={32}
            {...(person.isSpeaker ? {} : { mark: Hand })}
            className={cx(person.isSpeaking && RING, person.isAbsent && "opacity-60")}
          />
          <span dir="auto" className="w-full truncate text-center text-11 text-fg-2" title={nameOf(person)}>
            {nameOf(person)}
            {person.isSpeaking ? <span className="sr-only">, {t("speaking")}</span> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

type GroupProps = {
  title: string;
  people: readonly ShownPerson[];
  aside?: ((person: ShownPerson) => ReactNode) | undefined;
};

function Group({ title, people, aside }: GroupProps) {
  const t = useTranslations("rooms.voice");
  const { trader } = useTradingText();
  const nameOf = useNameOf();
  if (people.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="py-1 font-medium text-12 text-muted">
        {title} <span className="num">{people.length}</span>
      </h3>
      <ul>
        {people.map((person) => (
          <li key={person.traderId} className="flex min-h-10 items-center gap-2.5 md:min-h-8">
            <Avatar name={trader(person)} size={24} className={cx(person.isSpeaking && RING)} />
            <span dir="auto" className="min-w-0 flex-1 truncate">
              {nameOf(person)}
            </span>
            {person.handRaisedAt && !person.isSpeaker ? <Icon of={Hand} size={14} className="text-warning" /> : null}
            {person.isSpeaking ? <span className="text-12 text-success">{t("speaking")}</span> : null}
            {person.isAbsent ? <span className="text-12 text-muted">{t("absent")}</span> : null}
            {aside?.(person)}
          </li>
        ))}
      </ul>
    </section>
  );
}

type PeopleListProps = { gathering: Gathering; aside?: GroupProps["aside"] };

/** Everyone, by what they may do. */
export function PeopleView({ gathering: { speakers, hands, listeners }, aside }: PeopleListProps) {
  const t = useTranslations("rooms.voice");
  const others = listeners.filter(({ handRaisedAt }) => handRaisedAt === null);
  if (speakers.length + hands.length + others.length === 0) return <p className="py-2 text-muted">{t("empty")}</p>;
  return (
    <>
      <Group title={t("speakers")} people={speakers} aside={aside} />
      <Group title={t("hands")} people={hands} aside={aside} />
      <Group title={t("listeners")} people={others} aside={aside} />
    </>
  );
}
