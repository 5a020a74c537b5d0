import type { EventType } from "@pult/api/notifications/schema.ts";
import {
  Aperture,
  AtSign,
  CheckCheck,
  CircleHelp,
  Heart,
  type LucideIcon,
  MessageCircle,
  MessageSquare,
  Video,
} from "lucide-react";

const ICONS: Record<EventType, LucideIcon> = {
  comments: MessageCircle,
  messages: MessageSquare,
  mentions: AtSign,
  live_comments: Video,
  message_reactions: Heart,
  messaging_seen: CheckCheck,
  story_mentions: Aperture,
};

/** In the order of the chips. As the API has them, without its validator in the bundle. */
export const TYPES = Object.keys(ICONS) as EventType[];

export const isKnownType = (type: string): type is EventType => Object.hasOwn(ICONS, type);

export const iconOf = (type: string): LucideIcon => (isKnownType(type) ? ICONS[type] : CircleHelp);
