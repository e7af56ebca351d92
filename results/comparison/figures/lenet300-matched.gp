# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[42]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#D8D8D8' lw 5 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#A0A0A0' lw 0.9 dt 1 pt 3 ps 0.6
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
set style line 12 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 212 lc rgb '#56B4E9' lw 0.9 dt 1 pt 7 ps 0.55
set style line 112 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 13 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 213 lc rgb '#E69F00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 113 lc rgb '#E69F00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,947 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,303 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,8.02cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.13073,0.96509 to screen 0.17334,0.96509 nohead ls 1
set label words[1] at screen 0.18187,0.96509 left tc rgb '#606060'
set label '' at screen 0.31477,0.96509 point ls 202
set label words[2] at screen 0.34460,0.96509 left tc rgb '#606060'
set arrow from screen 0.57390,0.96509 to screen 0.61651,0.96509 nohead ls 3
set label '' at screen 0.59521,0.96509 point ls 203
set label words[3] at screen 0.62503,0.96509 left tc rgb '#007A5A'
set arrow from screen 0.05385,0.91272 to screen 0.09646,0.91272 nohead ls 4
set label '' at screen 0.07516,0.91272 point ls 204
set label words[4] at screen 0.10499,0.91272 left tc rgb '#A8527F'
set arrow from screen 0.31998,0.91272 to screen 0.36259,0.91272 nohead ls 5
set label '' at screen 0.34129,0.91272 point ls 205
set label words[5] at screen 0.37112,0.91272 left tc rgb '#2A7FAE'
set arrow from screen 0.69177,0.91272 to screen 0.73438,0.91272 nohead ls 6
set label '' at screen 0.71307,0.91272 point ls 206
set label words[6] at screen 0.74290,0.91272 left tc rgb '#9A6A00'
set arrow from screen 0.03957,0.86035 to screen 0.08218,0.86035 nohead ls 7
set label '' at screen 0.06088,0.86035 point ls 207
set label words[7] at screen 0.09071,0.86035 left tc rgb '#000000'
set arrow from screen 0.34138,0.86035 to screen 0.38399,0.86035 nohead ls 8
set label '' at screen 0.36269,0.86035 point ls 208
set label words[8] at screen 0.39251,0.86035 left tc rgb '#0072B2'
set arrow from screen 0.70471,0.86035 to screen 0.74733,0.86035 nohead ls 9
set label '' at screen 0.72602,0.86035 point ls 209
set label words[9] at screen 0.75585,0.86035 left tc rgb '#B04A00'
set arrow from screen 0.10199,0.80798 to screen 0.14460,0.80798 nohead ls 10
set label '' at screen 0.12329,0.80798 point ls 210
set label words[10] at screen 0.15312,0.80798 left tc rgb '#007A5A'
set arrow from screen 0.40556,0.80798 to screen 0.44817,0.80798 nohead ls 11
set label '' at screen 0.42687,0.80798 point ls 211
set label words[11] at screen 0.45670,0.80798 left tc rgb '#A8527F'
set arrow from screen 0.70737,0.80798 to screen 0.74998,0.80798 nohead ls 12
set label '' at screen 0.72868,0.80798 point ls 212
set label words[12] at screen 0.75851,0.80798 left tc rgb '#2A7FAE'
set arrow from screen 0.39887,0.75561 to screen 0.44149,0.75561 nohead ls 13
set label '' at screen 0.42018,0.75561 point ls 213
set label words[13] at screen 0.45001,0.75561 left tc rgb '#9A6A00'
set lmargin at screen 0.07639
set rmargin at screen 0.47727
set bmargin at screen 0.13092
set tmargin at screen 0.64589
set logscale x
set xrange [10.160098715437861:395.4858358751686]
set xtics ('20' 20, '50' 50, '100' 100, '200' 200, '' 30 1, '' 40 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 300 1)
set xlabel words[14] offset 0,0.35
unset logscale y
set yrange [70:100]
set ytics ('70' 70, '80' 80, '90' 90, '100' 100)
set label 1001 words[15] at screen 0.07639,0.68329 left
set label 1002 words[16] at screen 0.01705,0.38840 center rotate by 90
plot stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 6 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 7 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 107 notitle, \
     stem.'.dat' index 8 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 108 notitle, \
     stem.'.dat' index 9 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 109 notitle, \
     stem.'.dat' index 10 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 110 notitle, \
     stem.'.dat' index 11 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 111 notitle, \
     stem.'.dat' index 12 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 112 notitle, \
     stem.'.dat' index 13 using 1:(inside(bar($3,$4,70,100),70,100)):(0):(inside($4,70,100)-inside($3,70,100)) with vectors nohead ls 113 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 7 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 8 using 1:2 with lines ls 8 notitle, \
     stem.'.dat' index 9 using 1:2 with lines ls 9 notitle, \
     stem.'.dat' index 10 using 1:2 with lines ls 10 notitle, \
     stem.'.dat' index 11 using 1:2 with lines ls 11 notitle, \
     stem.'.dat' index 12 using 1:2 with lines ls 12 notitle, \
     stem.'.dat' index 13 using 1:2 with lines ls 13 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 7 using 1:2 with points ls 207 notitle, \
     stem.'.dat' index 8 using 1:2 with points ls 208 notitle, \
     stem.'.dat' index 9 using 1:2 with points ls 209 notitle, \
     stem.'.dat' index 10 using 1:2 with points ls 210 notitle, \
     stem.'.dat' index 11 using 1:2 with points ls 211 notitle, \
     stem.'.dat' index 12 using 1:2 with points ls 212 notitle, \
     stem.'.dat' index 13 using 1:2 with points ls 213 notitle
unset label 1001
unset label 1002
unset label
unset arrow
set lmargin at screen 0.54430
set rmargin at screen 0.97727
set bmargin at screen 0.13092
set tmargin at screen 0.64589
set logscale x
set xrange [17.261633904969504:437.0549779030458]
set xtics ('20' 20, '50' 50, '100' 100, '200' 200, '' 30 1, '' 40 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '' 300 1, '' 400 1)
set xlabel words[14] offset 0,0.35
unset logscale y
set yrange [70:91.07223016112482]
set ytics ('70' 70, '75' 75, '80' 80, '85' 85, '90' 90)
set label 1001 words[17] at screen 0.54430,0.68329 left
plot stem.'.dat' index 14 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 15 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 16 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 17 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 18 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 19 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 107 notitle, \
     stem.'.dat' index 20 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 108 notitle, \
     stem.'.dat' index 21 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 109 notitle, \
     stem.'.dat' index 22 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 110 notitle, \
     stem.'.dat' index 23 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 111 notitle, \
     stem.'.dat' index 24 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 112 notitle, \
     stem.'.dat' index 25 using 1:(inside(bar($3,$4,70,91.07223016112482),70,91.07223016112482)):(0):(inside($4,70,91.07223016112482)-inside($3,70,91.07223016112482)) with vectors nohead ls 113 notitle, \
     stem.'.dat' index 15 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 16 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 17 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 18 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 19 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 20 using 1:2 with lines ls 8 notitle, \
     stem.'.dat' index 21 using 1:2 with lines ls 9 notitle, \
     stem.'.dat' index 22 using 1:2 with lines ls 10 notitle, \
     stem.'.dat' index 23 using 1:2 with lines ls 11 notitle, \
     stem.'.dat' index 24 using 1:2 with lines ls 12 notitle, \
     stem.'.dat' index 25 using 1:2 with lines ls 13 notitle, \
     stem.'.dat' index 15 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 16 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 17 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 18 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 19 using 1:2 with points ls 207 notitle, \
     stem.'.dat' index 20 using 1:2 with points ls 208 notitle, \
     stem.'.dat' index 21 using 1:2 with points ls 209 notitle, \
     stem.'.dat' index 22 using 1:2 with points ls 210 notitle, \
     stem.'.dat' index 23 using 1:2 with points ls 211 notitle, \
     stem.'.dat' index 24 using 1:2 with points ls 212 notitle, \
     stem.'.dat' index 25 using 1:2 with points ls 213 notitle
unset label 1001
unset multiplot
unset output
}
