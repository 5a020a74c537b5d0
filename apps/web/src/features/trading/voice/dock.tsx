import { ChevronDown, ChevronUp, Headphones, Mic, MicOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { CommandField, Controls, canUseMic, useMicLabel } from "./controls.tsx";
import { Notes, type Place } from "./notes.tsx";
import { OrderCard } from "./order-card.tsx";
import { Outside } from "./outside.tsx";
import type { Gathering, ShownPerson } from "./people.ts";
import { PeopleRow, PeopleView, useNameOf } from "./people-view.tsx";
import { TurnList } from "./turn-list.tsx";
import { timeLeft, waitingOrder } from "./turns.ts";
import { type ReadVoice, useGathering, useVoice, useVoiceState, type VoiceInput } from "./use-voice.ts";
import { useVoiceText } from "./use-voice-text.ts";

/** Turns and people that there is room for beneath the chat. */
const COLUMN_TURNS = 2;
const COLUMN_PEOPLE = 4;
const PAGE_TURNS = 20;

/** The ticket that waits, while there is time. */
function Waiting({ voice, now }: ReadVoice) {
  const text = useVoiceText();
  const order = waitingOrder(now.spoken);
  const clock = useNow(250, order !== null);
  const leftMs = order ? timeLeft(order.ticket, { now: clock, skewMs: now.skewMs }) : 0;
  const intentId = order?.ticket.intentId;
  const isOver = intentId !== undefined && leftMs === 0 && now.decision === null;
  useEffect(() => {
    if (isOver) voice.expire(intentId);
  }, [voice, isOver, intentId]);
  if (!order || isOver) return null;
  const { ticket } = order;
  return (
    <OrderCard
      {...{ ticket, leftMs, text }}
      decision={now.decision}
      onConfirm={() => {
        voice.listeners.onTap?.();
        void voice.confirm(ticket.intentId);
      }}
      onCancel={() => void voice.cancel(ticket.intentId)}
    />
  );
}

/** Reads out what waits to be confirmed, and what came of what was said. */
function Announcer({ now }: Pick<ReadVoice, "now">) {
  const t = useTranslations("rooms.voice.order");
  const text = useVoiceText();
  const { spoken } = now;
  const ticket = waitingOrder(spoken)?.ticket;
  const last = spoken.turns.at(-1);
  const words = ticket
    ? t("announce", { order: text.order(ticket), amount: text.got(ticket), code: ticket.code })
    : last && text.outcome(last, spoken)?.text;
  return (
    <p aria-live="polite" className="sr-only">
      {words}
    </p>
  );
}

function useCounts({ counts }: Gathering): string | null {
  const t = useTranslations("rooms.voice");
  return counts.speakers + counts.listeners === 0 ? null : t("counts", counts);
}

type HeadProps = { gathering: Gathering; isOpen: boolean; onToggle: (() => void) | null; titleId: string };

function Head({ gathering, isOpen, onToggle, titleId }: HeadProps) {
  const t = useTranslations("rooms.voice");
  const counts = useCounts(gathering);
  return (
    <div className="flex min-h-6 items-center gap-2">
      <Icon of={Headphones} />
      <h2 id={titleId} className="font-semibold">
        {t("title")}
      </h2>
      <span className="num min-w-0 flex-1 truncate text-12 text-muted">{counts}</span>
      {onToggle ? (
        <IconButton
          icon={isOpen ? ChevronDown : ChevronUp}
          label={t("people")}
          aria-expanded={isOpen}
          onClick={onToggle}
          className="-my-2"
        />
      ) : null}
    </div>
  );
}

type Aside = (person: ShownPerson) => ReactNode;

/** Who asks to speak, for those who can let them. */
function Requests({ people, aside }: { people: readonly ShownPerson[]; aside: Aside }) {
  const t = useTranslations("rooms.voice");
  const nameOf = useNameOf();
  return people.slice(0, 2).map((person) => (
    <div key={person.traderId} className="flex items-center gap-2">
      <p dir="auto" className="min-w-0 flex-1 truncate text-fg-2">
        {t("asksToSpeak", { name: nameOf(person) })}
      </p>
      {aside(person)}
    </div>
  ));
}

type DockProps = VoiceInput & {
  place: Place;
  /** What a moderator can do about a person. */
  aside?: Aside | undefined;
  /** Beneath the chat, or a page of its own. */
  look: "column" | "page";
};

/** The voice of a room: who is there, and, once joined, what was said, the ticket that waits and the ways to speak. */
export function VoiceDock(props: DockProps) {
  const voice = useVoice(props);
  return voice ? <Dock {...props} voice={voice} /> : null;
}

function Dock({ voice, room, place, aside, look }: DockProps & Pick<ReadVoice, "voice">) {
  const titleId = useId();
  const now = useVoiceState(voice);
  const gathering = useGathering(now, room);
  const isPage = look === "page";
  const [isListOpen, setListOpen] = useState(false);
  const isIn = now.session.state === "in";
  const read = { voice, now };
  return (
    <section
      aria-labelledby={titleId}
      className={cx(
        "flex flex-col gap-2.5 px-4 py-3",
        isPage
          ? "mx-auto min-h-0 w-full max-w-[720px] flex-1"
          : "max-h-[70%] shrink-0 border-line border-t bg-surface-2",
      )}
    >
      <Head {...{ gathering, titleId }} isOpen={isListOpen} onToggle={isPage ? null : () => setListOpen(!isListOpen)} />
      <Middle {...read} {...{ gathering, aside, isPage }} hasList={isPage || isListOpen} />
      {isIn ? <Inside {...read} place={place} gathering={gathering} /> : <Outside {...read} room={room} />}
      <Announcer now={now} />
    </section>
  );
}

type MiddleProps = ReadVoice & {
  gathering: Gathering;
  aside: Aside | undefined;
  isPage: boolean;
  hasList: boolean;
};

/** People and words: what scrolls where there is too much of it. */
function Middle({ voice, now, gathering, aside, isPage, hasList }: MiddleProps) {
  const text = useVoiceText();
  const { speech, spoken, session } = now;
  const { speakers, hands } = gathering;
  const scroller = useRef<HTMLDivElement>(null);
  // A ticket that waits needs the room of the others.
  const isWaiting = session.state === "in" && waitingOrder(spoken) !== null;
  const hasPeople = hasList || !isWaiting;
  const hasTurns = session.state === "in" && (isPage || !hasList);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new stands at the end
  useEffect(() => {
    if (hasTurns) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [spoken, speech, hasTurns]);
  return (
    <div ref={scroller} className={cx("scroll-pane flex min-h-0 flex-col gap-2.5 empty:hidden", isPage && "flex-1")}>
      {hasList ? (
        <div className={cx(isPage && "flex-1")}>
          <PeopleView gathering={gathering} aside={aside} />
        </div>
      ) : null}
      {hasPeople && !hasList ? (
        <PeopleRow people={aside ? speakers : [...speakers, ...hands]} most={COLUMN_PEOPLE} />
      ) : null}
      {aside && hasPeople && !hasList ? <Requests people={hands.filter(({ isMe }) => !isMe)} aside={aside} /> : null}
      {hasTurns ? (
        <TurnList
          {...{ spoken, text }}
          interim={speech?.interim || spoken.interim}
          most={isPage ? PAGE_TURNS : isWaiting ? 1 : COLUMN_TURNS}
          onAgain={(turn) => voice.say(turn.text, "typed", turn.id)}
        />
      ) : null}
    </div>
  );
}

function Inside({ voice, now, place, gathering }: ReadVoice & { place: Place; gathering: Gathering }) {
  const hasRaisedHand = gathering.hands.some(({ isMe }) => isMe);
  return (
    <>
      <Notes {...{ voice, now, place, hasRaisedHand }} isBrief={waitingOrder(now.spoken) !== null} />
      <Waiting {...{ voice, now }} />
      <CommandField onSay={(text) => voice.say(text, "typed")} />
      <Controls {...{ voice, now, hasRaisedHand }} />
    </>
  );
}

type BarProps = VoiceInput & {
  /** Opens the dock. */
  onOpen: () => void;
  /** Nothing is shown to those who have not joined. */
  isForJoined?: boolean;
  className?: string;
};

/** One line of the voice, where there is no room for the dock; and the ticket that waits. */
export function VoiceBar(props: BarProps) {
  const voice = useVoice(props);
  return voice ? <Bar {...props} voice={voice} /> : null;
}

function Bar({ voice, room, onOpen, isForJoined, className }: BarProps & Pick<ReadVoice, "voice">) {
  const t = useTranslations("rooms.voice");
  const now = useVoiceState(voice);
  const gathering = useGathering(now, room);
  const line = useBarLine(now, gathering);
  const micLabel = useMicLabel(now);
  const isIn = now.session.state === "in";
  if (isForJoined && !isIn) return null;
  const join = () => {
    void voice.join();
    onOpen();
  };
  return (
    <section
      aria-label={t("title")}
      className={cx("relative shrink-0 border-line border-t bg-surface px-4 py-1", className)}
    >
      {isIn ? (
        // It is there for seconds: what lies beneath keeps its place.
        <div className="absolute inset-x-4 bottom-full z-10 mb-2 rounded-3 shadow-dialog empty:hidden md:left-auto md:w-[340px]">
          <Waiting {...{ voice, now }} />
        </div>
      ) : null}
      <div className="flex min-h-11 items-center gap-2">
        <button
          type="button"
          aria-label={`${t("open")}. ${line}`}
          onClick={onOpen}
          className="flex min-h-11 min-w-0 flex-1 items-center gap-2 text-left text-fg-2"
        >
          <Icon of={Headphones} />
          <span dir="auto" className="num min-w-0 flex-1 truncate text-13">
            {line}
          </span>
        </button>
        {isIn ? null : (
          <button type="button" onClick={join} className="min-h-11 px-1 font-medium text-accent-text">
            {t("join")}
          </button>
        )}
        {isIn && canUseMic(now) ? (
          <IconButton
            icon={now.mic.isOn ? Mic : MicOff}
            size="touch"
            label={micLabel}
            aria-pressed={now.mic.isOn}
            onClick={() => void voice.setMicrophone(!now.mic.isOn)}
          />
        ) : null}
      </div>
      <Announcer now={now} />
    </section>
  );
}

/** The words of this moment, else who speaks, else who is there. */
function useBarLine({ speech, spoken }: ReadVoice["now"], gathering: Gathering): string {
  const t = useTranslations("rooms.voice");
  const text = useVoiceText();
  const nameOf = useNameOf();
  const counts = useCounts(gathering);
  const last = spoken.turns.at(-1);
  const words = speech?.interim || spoken.interim || (last && (text.outcome(last, spoken)?.text ?? last.text));
  if (words) return words;
  const speaking = gathering.speakers.find(({ isSpeaking, isMe }) => isSpeaking && !isMe);
  return speaking ? t("isSpeaking", { name: nameOf(speaking) }) : (counts ?? t("title"));
}
