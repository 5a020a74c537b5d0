import { WebhooksPage } from "../../../../features/workflows/webhooks/webhooks-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.webhooks");
export default WebhooksPage;
