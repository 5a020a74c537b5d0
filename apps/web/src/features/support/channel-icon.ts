import type { Channel } from "@pult/api/support/schema.ts";
import { type LucideIcon, Send, Smartphone } from "lucide-react";

export const CHANNEL_ICONS: Record<Channel, LucideIcon> = { app: Smartphone, telegram: Send };
