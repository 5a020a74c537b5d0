import { FileText, Film, type LucideIcon, MapPin, Music, Sticker, UserRound } from "lucide-react";
import { useFormatter } from "next-intl";
import { Icon } from "../../ui/icon.tsx";

/** A file of a message, wherever it comes from. */
export type ShownFile = {
  /** `voice`, `video`, `document`… */
  type: string;
  /** What it is, in words: a file's name, or its kind. */
  label: string;
  url: string | null;
  thumbUrl?: string | null;
  sizeBytes: number | null;
  /** Pixels. */
  width: number | null;
  height: number | null;
  durationSeconds: number | null;
};

const ICONS: Record<string, LucideIcon> = {
  video: Film,
  animation: Film,
  videoNote: Film,
  audio: Music,
  voice: Music,
  sticker: Sticker,
  location: MapPin,
  contact: UserRound,
};

const KIB = 1_024;

function useSizeText() {
  const format = useFormatter();
  return (bytes: number): string => {
    const isLarge = bytes >= KIB * KIB;
    const unit = isLarge ? "megabyte" : "kilobyte";
    const value = bytes / (isLarge ? KIB * KIB : KIB);
    return format.number(isLarge ? value : Math.max(value, 1), {
      style: "unit",
      unit,
      maximumFractionDigits: isLarge ? 1 : 0,
    });
  };
}

const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const SOUNDS = ["voice", "audio"];
const FILMS = ["video", "animation", "videoNote"];

/** A file of a message: sounds and films play in place, others are a row with the way to them. Photos have their own place. */
export function MediaView({ file }: { file: ShownFile }) {
  const sizeText = useSizeText();
  const { url, sizeBytes, durationSeconds, label, type } = file;
  if (url && SOUNDS.includes(type)) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: nothing of what people say to each other has captions
      <audio controls preload="none" src={url} aria-label={label} className="my-1 block h-9 w-[260px] max-w-full" />
    );
  }
  if (url && FILMS.includes(type)) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: nothing of what people say to each other has captions
      <video
        controls
        playsInline
        preload="none"
        src={url}
        poster={file.thumbUrl ?? undefined}
        width={file.width ?? undefined}
        height={file.height ?? undefined}
        aria-label={label}
        className="my-1 block h-auto max-h-80 w-[320px] max-w-full rounded-2 bg-surface-4"
      />
    );
  }
  if (url && type === "sticker" && file.width !== null) {
    return (
      // biome-ignore lint/performance/noImgElement: comes ready-made and signed from our own server
      <img src={file.thumbUrl ?? url} alt={label} loading="lazy" className="my-1 block size-32 object-contain" />
    );
  }
  const details = [
    durationSeconds === null ? null : minutes(durationSeconds),
    sizeBytes === null ? null : sizeText(sizeBytes),
  ].filter(Boolean);
  const content = (
    <>
      <span className="grid size-9 shrink-0 place-items-center rounded-2 bg-surface text-accent-text">
        <Icon of={ICONS[type] ?? FileText} />
      </span>
      <span className="min-w-0">
        <span dir="auto" className="block truncate font-medium">
          {label}
        </span>
        {details.length > 0 ? <span className="num block text-12 text-bubble-meta">{details.join(" · ")}</span> : null}
      </span>
    </>
  );
  const className = "my-1 flex min-h-11 max-w-full items-center gap-2.5";
  return url ? (
    <a href={url} download={label} target="_blank" rel="noopener noreferrer" className={`${className} hover:underline`}>
      {content}
    </a>
  ) : (
    <div className={className}>{content}</div>
  );
}
