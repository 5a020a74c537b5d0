import Dashboard from "../../features/dashboard.tsx";

export default Dashboard;
