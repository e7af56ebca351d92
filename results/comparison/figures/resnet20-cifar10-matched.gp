# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[2]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
set style line 7 lc rgb '#000000' lw 1.6 dt (2,2)
set style line 207 lc rgb '#000000' lw 0.9 dt 1 pt 8 ps 0.8
set style line 107 lc rgb '#000000' lw 0.9 dt 1
set style line 8 lc rgb '#0072B2' lw 1.6 dt (8,3,2,3)
set style line 208 lc rgb '#0072B2' lw 0.9 dt 1 pt 13 ps 0.65
set style line 108 lc rgb '#0072B2' lw 0.9 dt 1
set style line 9 lc rgb '#D55E00' lw 1.6 dt 1
set style line 209 lc rgb '#D55E00' lw 0.9 dt 1 pt 6 ps 0.75
set style line 109 lc rgb '#D55E00' lw 0.9 dt 1
set style line 10 lc rgb '#009E73' lw 1.6 dt (8,3)
set style line 210 lc rgb '#009E73' lw 0.9 dt 1 pt 4 ps 0.7
set style line 110 lc rgb '#009E73' lw 0.9 dt 1
set style line 11 lc rgb '#CC79A7' lw 1.6 dt (2,2)
set style line 211 lc rgb '#CC79A7' lw 0.9 dt 1 pt 8 ps 0.8
set style line 111 lc rgb '#CC79A7' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,850 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,272 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,7.20cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set lmargin at screen 0.07639
set rmargin at screen 0.97727
set bmargin at screen 0.14583
set tmargin at screen 0.96528
set logscale x
set xrange [0.8912509381337456:11.220184543019636]
set xtics ('1' 1, '2' 2, '5' 5, '10' 10, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1)
set xlabel words[1] offset 0,0.35
unset logscale y
set yrange [60:100]
set ytics ('60' 60, '70' 70, '80' 80, '90' 90, '100' 100)
set label 1001 words[2] at screen 0.01705,0.55556 center rotate by 90
set label 1002 'not run' at graph 0.5,0.5 center tc rgb '#808080'
plot NaN notitle
unset label 1001
unset label 1002
unset multiplot
unset output
}
