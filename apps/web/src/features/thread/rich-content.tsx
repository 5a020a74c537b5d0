import { Attachments } from "./attachments.tsx";
import { FormattedText } from "./formatted-text.tsx";

export const RICH = { Attachments, FormattedText };
