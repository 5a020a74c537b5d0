import { SettingsFrame } from "../../../features/settings/settings-frame.tsx";

export default SettingsFrame;
