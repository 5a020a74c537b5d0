import { DeliveriesPage } from "../../../../features/notices/settings/deliveries-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.deliveries");
export default DeliveriesPage;
